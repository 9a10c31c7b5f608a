"""Letters that go out by themselves, without the notices room."""
