"""What stands between the event and the work: nothing of the event passes unchecked."""
