module handler

go 1.24

require (
	github.com/aws/aws-lambda-go v1.54.0
	github.com/aws/smithy-go/aws-http-auth v1.2.1
)
