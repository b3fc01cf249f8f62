"""MongoDB through Motor, portable core only; the one place that knows the driver."""
