"""The tables of facts that CSV, workbooks and other formats of rows are made from, each once for all of them."""
