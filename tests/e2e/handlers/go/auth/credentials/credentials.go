// Package credentials stands for that of aws-http-auth.
package credentials

// Credentials are what a request is signed with.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}
