--- For the specs: the host dies, as by `kill -9`, at the point that the environment variable
-- HATHORA_HOST_FAULT names.
-- @module hathora.host.failpoint
-- @tparam string point
return function(point)
  if os.getenv "HATHORA_HOST_FAULT" == point then os.exit(137, false) end
end
