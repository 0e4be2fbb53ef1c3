module github.com/aws/smithy-go/aws-http-auth

go 1.24
