#include <stddef.h>
void fractal(size_t begin, size_t end, unsigned short *counts, double x1, double x_extent,
             double y2, double y_extent, double c_re, double c_im, unsigned width, unsigned height,
             unsigned max_iter) {
    for (size_t row = begin; row < end; row++)
        for (unsigned column = 0; column < width; column++) {
            double zr = x1 + (double)column * x_extent / width;
            double zi = y2 - (double)row * y_extent / height;
            unsigned n = 0;
            while (n < max_iter && zr * zr + zi * zi < 4) {
                double a = zr * zr, b = zi * zi, p = zr * zi;
                zr = (a - b) + c_re;
                zi = (p + p) + c_im;
                n++;
            }
            counts[row * width + column] = (unsigned short)n;
        }
}
