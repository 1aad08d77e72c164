//! A disk for tests, which fails as disks do.
