"""What exists: instruments, their classes, import and export."""
