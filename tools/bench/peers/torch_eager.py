"""PyTorch in eager mode, on the CPU or with --device cuda: one operation after the other with `out=`; for
Julia only the points that have not escaped, in tensors that shrink."""
from common import serve


def load(arguments):
    global torch, device
    import torch
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise ImportError("PyTorch finds no CUDA device")
    device = torch.device(arguments.device)
    return {"torch": torch.__version__, "device": device_name()}


def device_name():
    return torch.cuda.get_device_name() if device.type == "cuda" else "cpu"


def wait():
    if device.type == "cuda":
        torch.cuda.synchronize()


class Solver:
    def __init__(self, problem):
        self.problem = problem
        torch.set_num_threads(problem.threads)
        self.threads = torch.get_num_threads()


class Julia(Solver):
    def __init__(self, problem):
        super().__init__(problem)
        x, y = torch.from_numpy(problem.x).to(device), torch.from_numpy(problem.y).to(device)
        self.grid_x = x.repeat(problem.height)
        self.grid_y = y.repeat_interleave(problem.width)
        self.counts = torch.empty(x.numel() * y.numel(), dtype=torch.int32, device=device)

    def reset(self):
        wait()

    def run(self, _):
        p = self.problem
        zr, zi = self.grid_x, self.grid_y
        at = torch.arange(zr.numel(), device=device)
        self.counts.fill_(p.max_iter)
        for n in range(p.max_iter):
            a, b = zr * zr, zi * zi
            inside = a + b < 4
            if not bool(inside.all()):
                self.counts[at[~inside]] = n
                at, zr, zi, a, b = at[inside], zr[inside], zi[inside], a[inside], b[inside]
                if at.numel() == 0:
                    break
            product = zr * zi
            zr = (a - b) + float(p.c_re)
            zi = (product + product) + float(p.c_im)
        wait()

    def result(self):
        return self.counts.cpu().numpy()


class Diffusion(Solver):
    def __init__(self, problem):
        super().__init__(problem)
        self.first = torch.from_numpy(problem.field).to(device)
        self.fields = [self.first.clone(), self.first.clone()]
        self.lap = torch.empty_like(self.first[1:-1, 1:-1]).contiguous()
        self.scratch = torch.empty_like(self.lap)
        self.last = 0

    def reset(self):
        self.fields[0].copy_(self.first)
        wait()

    def run(self, steps):
        lap, scratch, rate = self.lap, self.scratch, float(self.problem.rate)
        for step in range(steps):
            u, v = self.fields[step % 2], self.fields[(step + 1) % 2]
            inner = u[1:-1, 1:-1]
            torch.add(u[2:, 1:-1], u[:-2, 1:-1], out=lap)
            lap.add_(u[1:-1, 2:])
            lap.add_(u[1:-1, :-2])
            torch.mul(inner, 4, out=scratch)
            lap.sub_(scratch)
            lap.mul_(rate)
            v[1:-1, 1:-1].copy_(lap.add_(inner))
        wait()
        self.last = steps % 2

    def result(self):
        return self.fields[self.last].cpu().numpy()


if __name__ == "__main__":
    serve(load, Julia, Diffusion)
