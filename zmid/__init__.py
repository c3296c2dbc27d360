"""The processor: batches -> mids -> two ordered logs."""
