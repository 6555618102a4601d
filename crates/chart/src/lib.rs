//! What a chart is: its files, metadata, values and schema.
