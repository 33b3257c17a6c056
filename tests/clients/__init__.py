"""`make clients`: two generated clients, each driving a sandbox. Not part of the suite, because it downloads generators."""
