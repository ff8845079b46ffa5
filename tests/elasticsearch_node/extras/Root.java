package node;

import java.util.List;
import java.util.function.Supplier;

import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

/** `GET /` and `HEAD /`, which the published test distribution lacks. */
class Root extends BaseRestHandler {
    private final Supplier<ClusterService> cluster;

    Root(Supplier<ClusterService> cluster) { this.cluster = cluster; }

    public String getName() { return "test_node_root"; }

    public List<Route> routes() { return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/")); }

    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        return channel -> {
            ClusterService c = cluster.get();
            Build b = Build.current();
            XContentBuilder x = channel.newBuilder();
            x.startObject().field("name", c.getNodeName()).field("cluster_name", c.getClusterName().value());
            x.field("cluster_uuid", c.state().metadata().clusterUUID());
            x.startObject("version").field("number", b.qualifiedVersion()).field("build_flavor", b.flavor()).field("build_type", b.type().displayName());
            x.field("build_hash", b.hash()).field("build_date", b.date()).field("build_snapshot", b.isSnapshot());
            x.field("lucene_version", org.apache.lucene.util.Version.LATEST.toString());
            x.field("minimum_wire_compatibility_version", b.minWireCompatVersion());
            x.field("minimum_index_compatibility_version", b.minIndexCompatVersion()).endObject();
            x.field("tagline", "You Know, for Search").endObject();
            channel.sendResponse(new RestResponse(RestStatus.OK, x));
        };
    }
}
