"""What every program of ours needs: settings, diagnostics, signals, locks, metrics."""
