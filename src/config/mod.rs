//! Layer 3: what is read from files at start. `hotline.yaml` (how this machine runs) and `setup.yaml` (what the call
//! centre is: groups, agents, numbers, trunks).

pub mod setup;
