// Package v2 is built with this file in place of pulumi-kubernetes' own, which names each kind with its Go type: that brings in
// Go's SDK for all of Kubernetes, sixty packages that are most of what there is to compile. Nothing in the provider reads those types.
package v2

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RegisterResource registers an object of YAML or of a chart, of whatever kind, under the name that Pulumi has for it.
func RegisterResource(ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input,
	opts ...pulumi.ResourceOption) (pulumi.CustomResource, error) {
	if apiVersion == "v1" {
		apiVersion = "core/v1"
	}
	var made apiextensions.CustomResource
	if err := ctx.RegisterResource(fmt.Sprintf("kubernetes:%s:%s", apiVersion, kind), name, props, &made, opts...); err != nil {
		return nil, err
	}
	return &made, nil
}
