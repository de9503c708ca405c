--- What processes write.
-- @module hathora.contract.logs

return {
  scalars = {
    TailLines = { "integer", minimum = 1, maximum = 5000 },
  },

  groups = {
    logsV1 = {
      { "getLogsForProcess", "GET /logs/v1/{appId}/process/{processId}",
        "The end of a process's log, and on request what follows.",
        query = {
          { "follow", "boolean?", "Whether to stay and send what is logged from now on." },
          { "tailLines", "TailLines?", "How many lines back to begin; 100 if left out." },
        },
        success = { 200, "bytes" }, errors = "400 401 404 408 410 429 500" },
      { "downloadLogForProcess", "GET /logs/v1/{appId}/process/{processId}/download",
        "The whole log of a process that has stopped.",
        success = { 200, "bytes" }, errors = "400 401 404 408 410 429" },
    },
  },
}
