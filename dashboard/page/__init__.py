"""Page furniture that every room uses: time range, filters and chips, columns, paging, CSV, coverage, empty states."""
