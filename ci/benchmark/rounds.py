"""In which order everything is measured, and for how long.

The outermost loop is the round, then the work, then the number of workers, then the program. So
what is compared is measured next to each other in time, and a run that is out of time has whole
rounds. A program that fails is kept as a failure, and the rest goes on.
"""

import time

from benchmark import measuring, programs, works
from benchmark.measuring import Failed, Job, Times


def jobs_of_a_round(chosen: list[works.Work], all_programs: list[programs.Program],
                    wanted_workers: list[int]) -> list[Job]:
    jobs = []
    for work in chosen:
        for workers in works.worker_counts(work, wanted_workers):
            for program in all_programs:
                if (work.program_work or work.name) not in program.works:
                    continue
                if workers > program.most_workers or (program.is_variant and not work.placements):
                    continue
                if work.only_ours and program.name != programs.OURS:
                    continue
                jobs.append(Job(work, program, workers))
    return jobs


class Session:
    """Runs rounds until all are done or the time is up, and keeps what comes of it."""

    def __init__(self, minutes: float, times: Times, tell):
        self.minutes = minutes
        self.times = times
        self.tell = tell
        self.rows: list[tuple] = []      # work, program, workers, round, metric, value
        self.failures: list[str] = []
        self.notes: list[str] = []
        self.rounds = 0
        self.counter = None
        self.took: dict[Job, float] = {}

    def run(self, jobs: list[Job]) -> None:
        jobs = self.leave_out_system_calls(jobs)
        end = time.monotonic() + self.minutes * 60
        self.rounds = max((job.work.rounds for job in jobs), default=0)
        for number in range(1, self.rounds + 1):
            of_this_round = [job for job in jobs if number <= job.work.rounds]
            try:
                if self.run_round(number, of_this_round, jobs, end):
                    continue
                self.notes.append(f"the time was up in round {number} of {self.rounds}")
            except KeyboardInterrupt:  # What there is, is reported.
                self.failures.append(f"interrupted in round {number} of {self.rounds}")
            return

    def leave_out_system_calls(self, jobs: list[Job]) -> list[Job]:
        if not any(job.work.kind == "system_calls" for job in jobs):
            return jobs
        self.counter = measuring.working_counter()
        if self.counter is not None:
            self.notes.append(f"system calls are counted by {self.counter.name}"
                              f"{self.counter.remark}")
            return jobs
        self.notes.append("system calls are not counted: neither perf nor strace is permitted here")
        return [job for job in jobs if job.work.kind != "system_calls"]

    def run_round(self, number: int, jobs: list[Job], all_jobs: list[Job], end: float) -> bool:
        """False: the time is up."""
        said: list[str] = []
        for index, job in enumerate(jobs):
            if time.monotonic() + self.expected_s(job) > end:
                return False
            said.append(self.run_job(job, number))
            following = jobs[index + 1] if index + 1 < len(jobs) else None
            if following is None or (following.work, following.workers) != (job.work, job.workers):
                left_s = self.left_s(number, jobs[index + 1:], all_jobs)
                self.tell_progress(number, job, said, min(left_s, end - time.monotonic()))
                said.clear()
        return True

    def tell_progress(self, number: int, job: Job, said: list[str], left_s: float) -> None:
        minutes, seconds = divmod(int(left_s), 60)
        self.tell(f"[{minutes:2}:{seconds:02} left] round {number} of {self.rounds}, "
                  f"{job.work.name}, {job.workers} worker{'s' if job.workers > 1 else ''}: "
                  f"{', '.join(said)} {works.METRICS[job.work.metrics[0]].title}")

    def run_job(self, job: Job, number: int) -> str:
        """Gives what progress says of it."""
        start = time.monotonic()
        try:
            measured = measuring.measure(job, self.times, self.counter)
            for metric in job.work.metrics:
                if metric not in measured:
                    raise Failed(f"did not print {metric}")
        except Failed as failure:
            self.failures.append(f"{job.work.name}, {job.program.name}, {job.workers} workers, "
                                 f"round {number}: {failure}")
            return f"{job.program.name} FAILED"
        finally:
            self.took[job] = time.monotonic() - start
        for metric, value in measured.items():
            self.rows.append((job.work.name, job.program.name, job.workers, number, metric, value))
        return f"{job.program.name} {measured[job.work.metrics[0]]:.4g}"

    def expected_s(self, job: Job) -> float:
        return self.took.get(job, job.work.guess_s)

    def left_s(self, number: int, in_this_round: list[Job], all_jobs: list[Job]) -> float:
        later = sum(self.expected_s(job) * max(0, job.work.rounds - number) for job in all_jobs)
        return sum(map(self.expected_s, in_this_round)) + later
