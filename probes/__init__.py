"""Probes at home measure by themselves and send their rows; they import nothing of `qos`."""
