"""An issue from its slot to its planned deliveries, and all that editors do to it."""
