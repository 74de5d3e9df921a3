// Reading configuration from disk. Blocks.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "settings/compile.h"

namespace sideband::policy {

// The texts at `path`: a file; or of a folder, in lexical order, sideband.yaml and conf.d/*.yaml if
// it has a sideband.yaml, else all its *.yaml and *.yml. Nothing there is an error that says what
// was looked for, and so is configuration beside it that would silently not hold (beside.h).
// `also_read`: what is read in the same go.
Result<std::vector<SourceText>> read_sources(const std::string& path,
                                             const std::vector<std::string>& also_read = {});

// The whole content of one file; refuses files above the size limit of config/yaml.h, and what is
// no regular file.
Result<std::string> read_text_file(const std::string& path);

}  // namespace sideband::policy
