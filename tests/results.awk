# SPDX-License-Identifier: MIT
#
# results.awk -- results made up, as `ipc bench --save` writes them: many
# mechanisms that are much alike, and a few that are not

function cell(name, family, copies, pattern, size, pin, rate, ns) {
    printf "{\"type\":\"cell\",\"mechanism\":\"%s\",\"family\":\"%s\"," \
        "\"copies\":%d,\"pattern\":\"%s\",\"work\":\"verify\"," \
        "\"size\":%d,\"payload_bytes\":%d,\"window\":8,\"batch\":1," \
        "\"auto_batch\":false,\"pin\":\"%s\",\"wait\":\"\",\"rate\":0.0," \
        "\"producers\":1,\"consumers\":1,\"jobs_per_second\":{" \
        "\"median\":%g,\"low\":%g,\"high\":%g},\"bytes_per_second\":{" \
        "\"median\":%g},\"latency_ns\":%s,\"cpu_ns_per_job\":{" \
        "\"producer\":900,\"consumer\":1100,\"broker\":0}," \
        "\"system_calls_per_job\":{\"producer\":%d,\"consumer\":%d}," \
        "\"verdict\":{\"good\":true},\"rounds\":[1,2,3,4,5,6]}\n", name, family,
        copies, pattern, size, size, pin, rate, rate * 0.98, rate * 1.02,
        rate * size, ns == 0 ? "null" : sprintf("{\"samples\":100," \
        "\"p50\":%g,\"p90\":%g,\"p99\":%g,\"max\":%g,\"steps\":[[%g,%g," \
        "60],[%g,%g,40]]}", ns, ns * 1.1, ns * 2, ns * 9, ns * 0.9,
        ns, ns, ns * 1.2), copies, copies
}
function all(name, family, copies, ns, rate) {
    cell(name, family, copies, "ping-pong", 64, "split", 1e9 / ns, ns)
    cell(name, family, copies, "ping-pong", 64, "same", 2e8 / ns, 5 * ns)
    cell(name, family, copies, "stream", 64, "split", rate, 0)
    cell(name, family, copies, "stream", 65536, "split", rate / 9, 0)
}
BEGIN {
    print "{\"type\":\"run\",\"seed\":1,\"rounds\":9,\"machine\":{" \
        "\"processor\":\"a processor\",\"processors\":2," \
        "\"memory_bytes\":1e9,\"kernel\":\"6\",\"measured\":\"now\"}," \
        "\"limits\":{\"memcpy\":[{\"size\":64,\"ns\":2},{\"size\":65536," \
        "\"ns\":3000}],\"system_call_ns\":80}}"
    all("ring", "queues", 0, 1200, 2e6)
    all("json-file", "files", 7, 90000, 1e4)
    split("pipe fifo splice unix-stream unix-seqpacket unix-dgram tcp " \
        "signal-doorbell posix-mq sysv-mq", alike, " ")
    for (i = 1; i <= 10; i++)
        all(alike[i], i < 4 ? "pipes" : i < 8 ? "sockets" : \
            i == 8 ? "signals" : "queues", 2, 30000 + i % 4 * 500,
            9e5 + i % 3 * 20000)
}
