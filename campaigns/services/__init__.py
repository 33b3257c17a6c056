"""Acts: one public function, one business operation, one transaction."""
