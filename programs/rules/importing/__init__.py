"""Reading a customer file: pure functions from bytes to what each record means and what it would do."""
