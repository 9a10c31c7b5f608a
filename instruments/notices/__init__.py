"""People are told what concerns them: in the app and by mail, read from the journal, each notice once."""
