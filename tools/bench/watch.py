"""Whether other programs run beside a measurement."""
import os
import resource
from pathlib import Path

MOST_OTHERS = 0.1  # as a multiple of the wall time
STEPS_S = 0.04  # less may be the steps in which the system counts


class Watch:
    """The processor time that other programs take, in seconds."""

    def __init__(self):
        self.before = self.others()

    @staticmethod
    def others():
        ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        own = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK") - own

    def took(self):
        """By others, since the watch began."""
        return max(0.0, self.others() - self.before)

    def disturbed(self, wall, most=MOST_OTHERS):
        return self.took() > max(STEPS_S, most * wall)
