"""The results as plots, by matplotlib. Each plot is left out when its works were not measured."""

import pathlib
from typing import Optional

from benchmark import works
from benchmark.results import Results, Summary

COLOURS = {"yot_run": "#c0392b", "yot_run/own_thread": "#e6a49c", "yot_run/idle_workers": "#e6a49c",
           "tokio": "#2c6fbb", "asio": "#e08e1b", "go": "#27a0a8", "tbb": "#7d5ba6",
           "libuv": "#5a9a3c", "raw": "#555555"}


class PlottingError(Exception):
    pass


def load_pyplot():
    try:
        import matplotlib
    except ImportError:
        raise PlottingError("plots need matplotlib: `ci/install_dependencies --bench` installs "
                            "python3-matplotlib") from None
    matplotlib.use("svg")
    # Text stays text, and nothing in the file depends on when it was made: small differences.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "ci/bench", "font.size": 9,
                                "axes.spines.top": False, "axes.spines.right": False,
                                "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True,
                                "figure.constrained_layout.use": True})
    import matplotlib.pyplot
    return matplotlib.pyplot


def workers_title(count: int) -> str:
    return f"{count} worker" + ("s" if count > 1 else "")


def use_plain_logarithms(axis) -> None:
    """Marks at each decade, and at 2 and 5 where there is room, written out. After drawing."""
    from matplotlib import ticker
    lowest, highest = axis.get_view_interval()
    subdivisions = (1, 2, 5) if highest / lowest < 2000 else (1,)
    axis.set_major_locator(ticker.LogLocator(subs=subdivisions, numticks=12))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.7g}"))
    axis.set_minor_locator(ticker.NullLocator())


def add_legend(all_axes) -> None:
    """To the right of the last axes, with the programs of all."""
    handles = {}
    for axes in all_axes:
        handles.update({label: handle for handle, label in zip(*axes.get_legend_handles_labels())})
    names = sorted(handles, key=list(COLOURS).index)
    all_axes[-1].legend([handles[name] for name in names], names, loc="upper left",
                        bbox_to_anchor=(1.02, 1), fontsize=8, frameon=False)


def draw_dots(axes, results: Results, names: list[str], workers: int, metric: str) -> None:
    """A band for each work, in it a dot with its spread for each program; logarithmic."""
    programs = sorted({program for name in names for program in results.programs_of(name)},
                      key=list(COLOURS).index)
    for index, program in enumerate(programs):
        offset = 0.7 * (index + 0.5) / len(programs) - 0.35
        found = [(band + offset, results.summary(name, program, workers, metric))
                 for band, name in enumerate(names)]
        found = [(place, summary) for place, summary in found if summary and summary.median > 0]
        axes.errorbar([summary.median for _, summary in found], [place for place, _ in found],
                      xerr=[[summary.median - summary.lowest for _, summary in found],
                            [summary.highest - summary.median for _, summary in found]],
                      fmt="o", markersize=4, linewidth=1.2, color=COLOURS[program], label=program)
    for band in range(len(names) - 1):
        axes.axhline(band + 0.5, color="#dddddd", linewidth=0.7)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    axes.set_xscale("log")
    use_plain_logarithms(axes.xaxis)
    axes.tick_params(axis="x", labelrotation=45)
    axes.set_xlabel(works.METRICS[metric].title)


def dots(pyplot, results: Results, names: list[str], metric: str, height: float):
    measured = [name for name in names if results.programs_of(name)]
    if not measured:
        return None
    counts = sorted({count for name in measured for count in results.workers_of(name)})[:2]
    figure, grid = pyplot.subplots(1, len(counts), figsize=(9.5, height), squeeze=False,
                                   sharex=True, sharey=True)
    for axes, workers in zip(grid[0], counts):
        draw_dots(axes, results, measured, workers, metric)
        axes.set_title(workers_title(workers))
    add_legend(grid[0])
    return figure


def draw_lines(axes, results: Results, names: list[str], metric: str, workers: int,
               place_of) -> None:
    """A line for each program, over what `place_of` says of a work, with its spread."""
    for program, colour in COLOURS.items():
        points = [(place_of(name), results.summary(name, program, workers, metric))
                  for name in names]
        points = [(place, summary) for place, summary in points if summary is not None]
        if not points:
            continue
        places = [place for place, _ in points]
        axes.plot(places, [summary.median for _, summary in points], marker="o", markersize=3,
                  color=colour, label=program, linestyle="--" if "/" in program else "-")
        axes.fill_between(places, [summary.lowest for _, summary in points],
                          [summary.highest for _, summary in points], color=colour, alpha=0.12,
                          linewidth=0)
    axes.set_ylabel(works.METRICS[metric].title)
    axes.set_xscale("log")
    use_plain_logarithms(axes.xaxis)
    axes.set_xticks(sorted({place_of(name) for name in names}))


def echo_lines(pyplot, results: Results, metric: str):
    """Over the number of connections: rows are sizes of messages, columns numbers of workers."""
    names = [work.name for work in results.measured_works() if work.family == "echo"]
    if not names:
        return None
    sizes = sorted({work.message_bytes for work in works.WORKS if work.name in names})
    counts = sorted({count for name in names for count in results.workers_of(name)})[:2]
    connections = {work.name: work.connections for work in works.WORKS}
    figure, grid = pyplot.subplots(len(sizes), len(counts), figsize=(9.5, 3.6 * len(sizes)),
                                   squeeze=False)
    for size, row in zip(sizes, grid):
        of_size = [work.name for work in works.WORKS
                   if work.name in names and work.message_bytes == size]
        for workers, axes in zip(counts, row):
            draw_lines(axes, results, of_size, metric, workers, connections.get)
            axes.set_yscale("log")
            use_plain_logarithms(axes.yaxis)
            axes.set_title(f"{works.bytes_title(size)}, {workers_title(workers)}")
            axes.set_xlabel("connections")
    add_legend(grid[0])
    return figure


def growth_lines(pyplot, results: Results):
    """What one of our operations costs, the more there are."""
    panels = [("spawn_join", "ns", "tasks spawned and joined"),
              ("timers", "cpu_us_per_timer", "timers within a second"),
              ("echo", "cpu_s_per_million", "echo connections")]
    if not any(work.family == "growth" for work in results.measured_works()):
        return None
    figure, grid = pyplot.subplots(1, len(panels), figsize=(9.5, 3.2), squeeze=False)
    for axes, (kind, metric, label) in zip(grid[0], panels):
        names = [work.name for work in results.measured_works()
                 if work.name.startswith(f"growth_{kind}_")]
        draw_lines(axes, results, names, metric, 1, lambda name: int(name.rsplit("_", 1)[1]))
        axes.set_ylim(bottom=0)
        axes.tick_params(axis="x", labelrotation=45)
        axes.set_xlabel(label)
    return figure


def scaling_lines(pyplot, results: Results):
    """How much faster more workers are, by the throughput of one."""
    names = [work.name for work in results.measured_works() if work.scales]
    if not any(len(results.workers_of(name)) > 1 for name in names):
        return None
    figure, grid = pyplot.subplots(1, len(names), figsize=(9.5, 3), squeeze=False)
    for axes, name in zip(grid[0], names):
        metric = "round_trips_per_s" if name.startswith("echo") else "ns"
        for program in results.programs_of(name):
            draw_speedup(axes, results, name, program, metric)
        axes.set_xticks(results.workers_of(name))
        axes.set_ylim(bottom=0)
        axes.set_title(name, fontsize=9)
        axes.set_xlabel("workers")
    grid[0][0].set_ylabel("throughput over one worker's")
    add_legend(grid[0])
    return figure


def draw_speedup(axes, results: Results, name: str, program: str, metric: str) -> None:
    one: Optional[Summary] = results.summary(name, program, 1, metric)
    more = [(workers, results.summary(name, program, workers, metric))
            for workers in results.workers_of(name)]
    more = [(workers, summary) for workers, summary in more if summary is not None]
    if one is None or len(more) < 2:
        return
    is_rate = works.METRICS[metric].more_is_better
    speedups = [summary.median / one.median if is_rate else one.median / summary.median
                for _, summary in more]
    axes.plot([workers for workers, _ in more], speedups, marker="o", markersize=3,
              color=COLOURS[program], label=program, linestyle="--" if "/" in program else "-")


def all_plots(pyplot, results: Results):
    """Names and figures."""
    tasks = [work.name for work in works.task_works()]
    yield "tasks", dots(pyplot, results, tasks, "ns", 7.5)
    yield "wake_idle", dots(pyplot, results, ["wake_idle"], "p50_us", 2.6)
    yield "echo_cpu", echo_lines(pyplot, results, "cpu_s_per_million")
    yield "echo_latency", echo_lines(pyplot, results, "p99_us")
    yield "memory_task", dots(pyplot, results, ["idle_memory"], "bytes", 2.4)
    yield "memory_connection", dots(pyplot, results, ["connection_memory"], "bytes_per_connection",
                                    2.6)
    yield "timers", dots(pyplot, results, ["timers", "timers_few"], "cpu_us_per_timer", 3.6)
    yield "growth", growth_lines(pyplot, results)
    yield "scaling", scaling_lines(pyplot, results)


def draw(results: Results, folder: pathlib.Path) -> list[str]:
    """Gives the names of the files. Raises PlottingError."""
    pyplot = load_pyplot()
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for name, figure in all_plots(pyplot, results):
        if figure is None:
            continue
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
        pyplot.close(figure)
        names.append(f"{name}.svg")
    return names
