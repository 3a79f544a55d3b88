"""Making frames cyclic: loops, the part that matches best, the seam's score, frames set aside."""
