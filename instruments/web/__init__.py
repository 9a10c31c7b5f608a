"""What every door needs of HTTP: problems, headers, paging, versions, language, access."""
