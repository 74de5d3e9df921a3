// Small helpers that the route files share: bodies in, answers out.
#pragma once

#include "gateway/call.h"
#include "gateway/http_server.h"
#include "gateway/problem.h"
#include "model/document.h"

namespace sideband {

inline HttpResponse json_answer(int status, const std::string& json) {
  HttpResponse response;
  response.status = status;
  response.body = json + "\n";
  return response;
}

// A JSON object whose keys are all members of the route's body; anything else is an error that
// names it, so that nobody believes to have set what was ignored.
Result<Document> read_body(const Call& call);
// The same of the query, which has been split already.
Result<void> check_query(const HttpRequest& request, const RouteDoc& doc);
// Absent members give the fallback; members of another kind are errors, and so are texts that an
// audit record would not hold as a whole (kMaxRecordText).
Result<std::string> text_member(const Document& body, const std::string& key,
                                const std::string& fallback);
Result<std::vector<std::string>> list_member(const Document& body, const std::string& key);
Result<bool> bool_member(const Document& body, const std::string& key);

// A whole number of the query within [0, most].
Result<std::int64_t> number_query(const HttpRequest& request, const std::string& key,
                                  std::int64_t fallback, std::int64_t most);
// `?wait=`: how long to wait for a repair to rest; zero when not asked.
Result<Duration> wait_query(const HttpRequest& request);

}  // namespace sideband
