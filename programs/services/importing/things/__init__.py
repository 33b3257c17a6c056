"""Files of things (products, stores, coupons): one way to check, apply and undo them, and a loader for each kind."""
