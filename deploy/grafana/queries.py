"""What boards ask Prometheus again and again: growth, quantiles, and panels made of them."""

from deploy.grafana.panels import Line, Panel, Unit


def rate(metric: str, *by: str, over: str = "5m") -> str:
    """How much a counter grows a second, by these labels."""
    return f"sum by ({', '.join(by)}) (rate(pacewell_{metric}[{over}]))"


def quantile(share: float, metric: str, *by: str) -> str:
    """The value under which this share of what was observed lies, by these labels."""
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', *by, 'le')})"


def quantile_over(share: float, metric: str, over: str, *by: str) -> str:
    """The same for what is observed seldom, over a time such as `1h`."""
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', *by, 'le', over=over)})"


def growth(title: str, meaning: str, metric: str, *by: str, unit: Unit = "ops") -> Panel:
    """A panel with one line for each set of these labels."""
    return Panel(title, meaning, unit, [Line(rate(metric, *by), " ".join(f"{{{{{label}}}}}" for label in by))])


def slowest(title: str, meaning: str, metric: str) -> Panel:
    """A panel with the time in which 99 of 100 are done, by service."""
    return Panel(title, meaning, "s", [Line(quantile(0.99, metric, "service"))])


def now(title: str, meaning: str, *lines: tuple[str, str]) -> Panel:
    """A panel with numbers as they are now."""
    return Panel(title, meaning, "short", [Line(query, legend) for query, legend in lines], kind="stat")
