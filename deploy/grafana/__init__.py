"""The Grafana boards, drawn from code."""
