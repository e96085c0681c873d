"""The machine all services share; it knows Kafka, HTTP and SQL, and no business."""
