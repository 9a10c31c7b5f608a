"""Who can pay: how a charge is divided among programmes and funds."""
