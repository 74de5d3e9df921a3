# Counts test cases: first file ctest's JUnit report, then GoogleTest's JSON files, one a binary.
# A ctest entry without a JSON file is one case; a binary that fails outside its cases (a crash, a
# leak) is one failed case more. Names the failed and the skipped ones; the last line is the sum.

function attribute(line, name,   rest) {
  rest = line
  if (!sub(".*[ <]" name "=\"", "", rest)) return ""
  sub("\".*", "", rest)
  return rest
}

function value(line) {
  sub(/^[^:]*: *"/, "", line)
  sub(/",? *$/, "", line)
  gsub(/\\\//, "/", line)
  return line
}

function end_case() {
  if (case_result == "COMPLETED") { if (case_failed) failed_case(case_id()); else ++passed }
  if (case_result == "SKIPPED") skipped_case(case_id())
  case_result = ""
  case_failed = 0
}

function case_id() { return binary ": " case_class "." case_name }
function failed_case(id) { ++failed; ++failed_in[binary]; print "FAILED  " id }
function skipped_case(id) { ++skipped; print "SKIPPED " id }

FNR == 1 && NR != 1 {
  end_case()
  binary = FILENAME
  sub(/.*\//, "", binary)
  sub(/\.json$/, "", binary)
  has_cases[binary] = 1
}

NR == FNR && /<testcase / { status[attribute($0, "name")] = attribute($0, "status"); next }
NR == FNR { next }

/^ *"name": / { end_case(); case_name = value($0) }
/^ *"result": / { case_result = value($0) }
/^ *"classname": / { case_class = value($0) }
/^ *"failures": \[/ { case_failed = 1 }

END {
  end_case()
  for (test in status) {
    binary = test
    if (status[test] == "fail" && !failed_in[test]) {
      failed_case(test (has_cases[test] ? ": failed outside its cases" : ""))
    } else if (!has_cases[test]) {
      if (status[test] == "run") ++passed
      else if (status[test] != "fail") skipped_case(test)
    }
  }
  printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
}
