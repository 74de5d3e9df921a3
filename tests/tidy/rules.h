// The house rules that a program can check. Each is a function of files and returns what breaks it.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tidy/source_file.h"

namespace sideband::tidy {

using Violations = std::vector<Violation>;

// Every #include "..." of a file in src/ stays inside its own folder or goes to a lower row.
[[nodiscard]] Violations check_layers(const SourceFile& file);

// Lines at most 100 columns, functions at most 70 lines, files at most 500.
[[nodiscard]] Violations check_sizes(const SourceFile& file);

// Each source implements the header of its own name, and no class is implemented by two sources.
// `files` are all of src/: a source without a header may hold one entry of a list (a verb, a check,
// a probe) that a header without a source declares.
[[nodiscard]] Violations check_one_source(const std::vector<SourceFile>& files);

// Time, sleep, randomness and threads come through base/.
[[nodiscard]] Violations check_banned_calls(const SourceFile& file);

// The product reads JSON through parse_json of model/document.h only.
[[nodiscard]] Violations check_json_reader(const SourceFile& file);

// Whether a job is a repair or a run is read out of its name in model/job_kind.cpp only.
[[nodiscard]] Violations check_job_kind(const SourceFile& file);

// Notes of unfinished work are not committed.
[[nodiscard]] Violations check_leftovers(const SourceFile& file);

// The promise that nobody can keep is made nowhere.
[[nodiscard]] Violations check_claims(const SourceFile& file);

// Each path in backticks and each relative link target of a page exists. `exists` gets a path
// relative to the repository, in which '*' stands for anything but '/'.
[[nodiscard]] Violations check_paths(const SourceFile& page,
                                     const std::function<bool(const std::string&)>& exists);

// Names of the metrics that these sources make.
[[nodiscard]] std::set<std::string> metrics_in(const std::vector<SourceFile>& sources);

// The catalogue names each metric of the code in backticks, and no other.
[[nodiscard]] Violations check_metrics(const SourceFile& catalogue,
                                       const std::set<std::string>& metrics);

}  // namespace sideband::tidy
