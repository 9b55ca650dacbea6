"""Devito with OpenMP: diffusion only, for Devito writes stencils. It orders and contracts the operations as it
likes."""
import os

from common import Solver, serve


def load(_):
    global devito
    os.environ.setdefault("DEVITO_LOGGING", "ERROR")
    import devito

    devito.configuration["language"] = "openmp"
    return {"devito": devito.__version__}


class Diffusion(Solver):
    def __init__(self, problem):
        super().__init__(problem)
        grid = devito.Grid(shape=problem.field.shape, dtype=problem.dtype.type)
        (x, y), t = grid.dimensions, grid.stepping_dim
        self.u = u = devito.TimeFunction(name="u", grid=grid, time_order=1, space_order=2)
        u.data[:] = problem.field
        sum_around = ((u[t, x + 1, y] + u[t, x - 1, y]) + u[t, x, y + 1]) + u[t, x, y - 1]
        update = u[t, x, y] + float(problem.rate) * (sum_around - 4 * u[t, x, y])
        self.operator = devito.Operator([devito.Eq(u[t + 1, x, y], update, subdomain=grid.interior)])
        self.last = 0

    def reset(self):
        self.u.data[0][:] = self.problem.field

    def run(self, steps):
        self.operator.apply(time_m=0, time_M=steps - 1)
        self.last = steps % 2

    def result(self):
        return self.u.data[self.last]


if __name__ == "__main__":
    serve(load, None, Diffusion)
