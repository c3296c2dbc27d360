"""What a quote is in memory: blocks of columns, tickers, times, rejections."""
