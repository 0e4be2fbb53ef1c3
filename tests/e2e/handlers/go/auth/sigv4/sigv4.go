// Package sigv4 stands for that of aws-http-auth where its source cannot be had. It signs nothing: it writes what
// a local AWS reads, whose request it is and of which service.
package sigv4

import (
	"errors"
	"net/http"

	"github.com/aws/smithy-go/aws-http-auth/credentials"
)

// Signer signs requests.
type Signer struct{}

// SignRequestInput is what is signed, and how.
type SignRequestInput struct {
	Request         *http.Request
	PayloadHash     []byte
	Credentials     credentials.Credentials
	Service, Region string
}

// New gives a signer.
func New() *Signer {
	return &Signer{}
}

// SignRequest writes the header of a signature.
func (*Signer) SignRequest(in *SignRequestInput) error {
	if in.Credentials.AccessKeyID == "" || in.Credentials.SecretAccessKey == "" || len(in.PayloadHash) != 32 {
		return errors.New("this cannot be signed")
	}
	scope := in.Credentials.AccessKeyID + "/20260301/" + in.Region + "/" + in.Service + "/aws4_request"
	in.Request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+scope+", SignedHeaders=host, Signature=none")
	return nil
}
