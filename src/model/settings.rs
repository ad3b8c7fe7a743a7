//! keyplan.yaml
