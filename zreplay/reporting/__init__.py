"""What a run or an inspection found -> one page with charts."""
