/*
 * AWS's XML in the JSON shape, and its error bodies.
 */
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/net/xml.h"
#include "tests/unit/check.h"

static char *
as_json(enum xml_dialect dialect, const char *text)
{
	struct arena *a = arena_new();
	struct err err = { 0 };
	const struct tree *t = xml_parse(a, dialect, text, strlen(text), &err);
	struct buf out;

	buf_init(&out, 1 << 20);
	if (t) {
		struct jsonw *w = jsonw_new_buf(&out, false);

		jsonw_tree(w, t);
		assert_true(jsonw_done(w));
	} else {
		assert_int_equal(err.code == ERR_BAD ||
				 err.code == ERR_LIMIT, 1);
		buf_puts(&out, err.text);
	}
	arena_free(a);
	return buf_take(&out, NULL);
}

static void
expect(enum xml_dialect dialect, const char *text, const char *want)
{
	char *got = as_json(dialect, text);

	assert_text_equal(got, want);
	free(got);
}

static void
expect_part(const char *text, const char *part)
{
	char *got = as_json(XML_QUERY, text);

	assert_text_contains(got, part);
	free(got);
}

static void
test_query(void **state)
{
	struct arena *a = arena_new();
	const struct tree *t;
	static const char text[] =
		"<?xml version=\"1.0\"?>\n"
		"<DescribeAutoScalingGroupsResponse xmlns=\"http://autoscaling"
		".amazonaws.com/doc/2011-01-01/\">\n"
		" <DescribeAutoScalingGroupsResult>\n"
		"  <AutoScalingGroups>\n   <member>\n"
		"    <AutoScalingGroupName>a &amp; b</AutoScalingGroupName>\n"
		"    <MinSize>0</MinSize><Status/>\n"
		"    <AvailabilityZones><member>eu-west-1a</member>"
		"<member> x </member></AvailabilityZones>\n"
		"    <Instances></Instances>\n"
		"    <Tags><member><Key>k</Key><Value></Value></member>"
		"</Tags>\n"
		"   </member>\n  </AutoScalingGroups>\n"
		"  <NextToken>t</NextToken>\n"
		" </DescribeAutoScalingGroupsResult>\n"
		" <ResponseMetadata><RequestId>r</RequestId>"
		"</ResponseMetadata>\n"
		"</DescribeAutoScalingGroupsResponse>\n";

	(void)state;
	expect(XML_QUERY, text,
	       "{\"DescribeAutoScalingGroupsResult\":{\"AutoScalingGroups\":"
	       "[{\"AutoScalingGroupName\":\"a & b\",\"MinSize\":\"0\","
	       "\"Status\":null,"
	       "\"AvailabilityZones\":[\"eu-west-1a\",\" x \"],"
	       "\"Instances\":null,\"Tags\":[{\"Key\":\"k\",\"Value\":null}]}],"
	       "\"NextToken\":\"t\"},\"ResponseMetadata\":{\"RequestId\":"
	       "\"r\"}}");
	t = xml_parse(a, XML_QUERY, text, strlen(text), NULL);
	assert_text_equal(tree_text(tree_get(xml_result(t), "NextToken")),
			  "t");
	arena_free(a);
}

static void
test_ec2_names(void **state)
{
	(void)state;
	expect(XML_EC2,
	       "<DescribeInstancesResponse><requestId>r</requestId>"
	       "<reservationSet><item><groupSet/><instancesSet><item>"
	       "<instanceId>i-1</instanceId><instanceState><code>16</code>"
	       "<name>running</name></instanceState><dnsName>d</dnsName>"
	       "<ipAddress>1.2.3.4</ipAddress><reason/>"
	       "<groupSet><item><groupId>sg-1</groupId></item></groupSet>"
	       "<networkInterfaceSet><item><status>in-use</status>"
	       "<groupSet><item><groupId>sg-2</groupId></item></groupSet>"
	       "</item></networkInterfaceSet>"
	       "<productCodes><item><type>t</type></item></productCodes>"
	       "<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName>"
	       "</item></blockDeviceMapping>"
	       "<tagSet><item><key>k</key><value>v</value></item></tagSet>"
	       "</item></instancesSet></item></reservationSet>"
	       "</DescribeInstancesResponse>",
	       "{\"RequestId\":\"r\",\"Reservations\":[{\"Groups\":null,"
	       "\"Instances\":[{\"InstanceId\":\"i-1\",\"State\":{\"Code\":"
	       "\"16\",\"Name\":\"running\"},\"PublicDnsName\":\"d\","
	       "\"PublicIpAddress\":\"1.2.3.4\",\"StateTransitionReason\":null,"
	       "\"SecurityGroups\":[{\"GroupId\":\"sg-1\"}],"
	       "\"NetworkInterfaces\":[{\"Status\":\"in-use\",\"Groups\":"
	       "[{\"GroupId\":\"sg-2\"}]}],\"ProductCodes\":"
	       "[{\"ProductCodeType\":\"t\"}],\"BlockDeviceMappings\":"
	       "[{\"DeviceName\":\"/dev/xvda\"}],\"Tags\":[{\"Key\":\"k\","
	       "\"Value\":\"v\"}]}]}]}");
	expect(XML_EC2,
	       "<r><spotPriceHistorySet><item><spotPrice>0.1</spotPrice></item>"
	       "</spotPriceHistorySet><subnetSet><item><tagSet/>"
	       "<ipv6CidrBlockAssociationSet/></item></subnetSet>"
	       "<instanceTypeSet><item><vCpuInfo><defaultVCpus>4</defaultVCpus>"
	       "</vCpuInfo><memoryInfo><sizeInMiB>1</sizeInMiB></memoryInfo>"
	       "</item></instanceTypeSet><imagesSet><item><imageState>available"
	       "</imageState><isPublic>true</isPublic></item></imagesSet></r>",
	       "{\"SpotPriceHistory\":[{\"SpotPrice\":\"0.1\"}],\"Subnets\":"
	       "[{\"Tags\":null,\"Ipv6CidrBlockAssociationSet\":null}],"
	       "\"InstanceTypes\":[{\"VCpuInfo\":{\"DefaultVCpus\":\"4\"},"
	       "\"MemoryInfo\":{\"SizeInMiB\":\"1\"}}],\"Images\":[{\"State\":"
	       "\"available\",\"Public\":\"true\"}]}");
}

static void
test_refusals(void **state)
{
	struct buf b;

	(void)state;
	expect_part("", "the answer is not XML");
	expect_part("{\"a\":1}", "begins \"{\"a\":1}\"");
	expect_part("<html><p>502<br></html>", "it begins \"<html><p>502<br>");
	expect_part("<a><b></a>", "not XML (mismatched tag)");
	expect_part("<a>", "not XML");
	expect_part("<a>text</a>", "one element of text");
	expect_part("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
		    "a document type is not accepted");
	expect_part("<a><member/><b/></a>", "a list holds what is no item");
	expect_part("\x1b[31m<a", "\xef\xbf\xbd");
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 100; i++)
		buf_puts(&b, "<a>");
	expect_part(buf_text(&b), "nested too deeply");
	buf_fini(&b);
}

static void
expect_fault(const char *body, const char *code, const char *message,
	     const char *request)
{
	struct aws_fault f;

	assert_int_equal(xml_fault(body, strlen(body), &f), *code != '\0');
	assert_text_equal(f.code, code);
	assert_text_equal(f.message, message);
	assert_text_equal(f.request_id, request);
}

static void
test_faults(void **state)
{
	(void)state;
	expect_fault("<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type>"
		     "<Code>Throttling</Code><Message>Rate\nexceeded</Message>"
		     "</Error><RequestId>r-1</RequestId></ErrorResponse>",
		     "Throttling", "Rate\xef\xbf\xbd" "exceeded", "r-1");
	expect_fault("\n<?xml version=\"1.0\"?><Response><Errors><Error><Code>"
		     "UnauthorizedOperation</Code><Message>no</Message></Error>"
		     "</Errors><RequestID>r-2</RequestID></Response>",
		     "UnauthorizedOperation", "no", "r-2");
	expect_fault("\n<?xml version=\"1.0\"?>", "",
		     "a body that begins \"<?xml version=\"1.0\"?>\"", "");
	expect_fault("<Error><Code>SlowDown</Code></Error>", "SlowDown", "",
		     "");
	expect_fault("{\"__type\":\"com.amazon#ResourceNotFoundException\","
		     "\"message\":\"No cluster\"}",
		     "ResourceNotFoundException", "No cluster", "");
	expect_fault("{\"__type\":\"FooError:http://x/y#z\",\"Message\":\"m\"}",
		     "FooError", "m", "");
	expect_fault("{\"message\":\"Forbidden\"}", "", "Forbidden", "");
	expect_fault("<html><head><title>\n 502 Bad Gateway </title></head>"
		     "<body>x</html>", "", "an HTML page: 502 Bad Gateway",
		     "");
	expect_fault("<!doctype HTML>\n<p>x", "", "an HTML page", "");
	expect_fault("", "", "an empty body", "");
	expect_fault("upstream \x1b]0;x", "",
		     "a body that begins \"upstream \xef\xbf\xbd]0;x\"", "");
}

SUITE(xml,
      TEST(test_query),
      TEST(test_ec2_names),
      TEST(test_refusals),
      TEST(test_faults));
