"""Public data sets, one file each: what a source says, as rows that name things by their ids."""
