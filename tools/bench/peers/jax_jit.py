"""JAX, compiled by XLA, on the CPU or with --device cuda. XLA picks its own number of threads and may
contract a*b+c."""
import common


def load(arguments):
    global jax, jnp, device, count, advance
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    try:
        device = jax.devices({"cpu": "cpu", "cuda": "gpu"}[arguments.device])[0]
    except RuntimeError as error:
        raise ImportError(f"JAX finds no such device: {error}") from error

    @jax.jit
    def count(x, y, c_re, c_im, max_iter):
        zr = jnp.broadcast_to(x[None, :], (y.size, x.size))
        zi = jnp.broadcast_to(y[:, None], (y.size, x.size))

        def go_on(state):
            return (state[0] < max_iter) & state[3].any()

        def iterate(state):
            n, zr, zi, live, counts = state
            a, b, p = zr * zr, zi * zi, zr * zi
            live = live & (a + b < 4)
            return n + 1, (a - b) + c_re, (p + p) + c_im, live, counts + live

        counts = jnp.zeros((y.size, x.size), jnp.int32)
        live = jnp.ones((y.size, x.size), bool)
        return jax.lax.while_loop(go_on, iterate, (0, zr, zi, live, counts))[4]

    @jax.jit
    def advance(u, rate, steps):
        def step(_, u):
            inner = u[1:-1, 1:-1]
            lap = (((u[2:, 1:-1] + u[:-2, 1:-1]) + u[1:-1, 2:]) + u[1:-1, :-2]) - 4 * inner
            return u.at[1:-1, 1:-1].set(inner + rate * lap)

        return jax.lax.fori_loop(0, steps, step, u)

    return {"jax": jax.__version__, "device": str(device)}


class Solver(common.Solver):
    def put(self, value):
        return jax.device_put(value, device)

    def result(self):
        return jax.device_get(self.output)


class Julia(Solver):
    def __init__(self, problem):
        super().__init__(problem)
        self.inputs = [self.put(value) for value in (problem.x, problem.y, problem.c_re, problem.c_im)]

    def run(self, _):
        self.output = count(*self.inputs, self.problem.max_iter).block_until_ready()


class Diffusion(Solver):
    def __init__(self, problem):
        super().__init__(problem)
        self.first, self.rate = self.put(problem.field), self.put(problem.rate)

    def run(self, steps):
        self.output = advance(self.first, self.rate, steps).block_until_ready()


if __name__ == "__main__":
    common.serve(load, Julia, Diffusion, notes="XLA picks its own threads, among the cores it may use")
