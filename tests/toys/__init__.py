"""Small environments that use every part of the kernel contract."""
