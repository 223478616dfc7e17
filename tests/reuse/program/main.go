// A program of somebody else, in Go: a service on machines of theirs, by the component that Slipway brings.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"trial/sdks/go/slipway"
)

// What the test knows of the machine and the service.
type facts struct {
	Source, User, Key, Greeting, Secret string
	Host                                slipway.MachineArgs
}

func program(told facts) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		service, err := slipway.NewHostedService(ctx, "lab", &slipway.HostedServiceArgs{
			Service: slipway.ProgramArgs{
				Name:        "greeter",
				Source:      &told.Source,
				Arguments:   []string{"-addr", "127.0.0.1:{port}"},
				Environment: map[string]string{"GREETING": told.Greeting},
			},
			Hosts:   []slipway.MachineArgs{told.Host},
			Login:   &slipway.MachineLoginArgs{User: &told.User, PrivateKeyFile: &told.Key},
			Secrets: map[string]pulumi.StringInput{"GREETER_TOKEN": pulumi.ToSecret(pulumi.String(told.Secret)).(pulumi.StringOutput)},
			Settings: map[string]interface{}{
				"service": map[string]interface{}{"health": map[string]interface{}{"deadline": 30}},
				"release": map[string]interface{}{"uncommitted": "allow", "drain": 1},
			},
		})
		if err != nil {
			return err
		}
		ctx.Export("url", service.Url)
		ctx.Export("version", service.Version)
		ctx.Export("sha256", service.Sha256)
		return nil
	}
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(action string) error {
	var told facts
	if err := json.NewDecoder(os.Stdin).Decode(&told); err != nil {
		return err
	}
	ctx := context.Background()
	stack, err := auto.UpsertStackInlineSource(ctx, "dev", "trial", program(told), auto.WorkDir("."))
	if err != nil {
		return err
	}
	switch action {
	case "preview":
		_, err = stack.Preview(ctx, optpreview.ProgressStreams(os.Stderr))
		return err
	case "destroy":
		_, err = stack.Destroy(ctx, optdestroy.ProgressStreams(os.Stderr))
		return err
	}
	done, err := stack.Up(ctx, optup.ProgressStreams(os.Stderr))
	if err != nil {
		return err
	}
	outputs := map[string]any{}
	for name, output := range done.Outputs {
		outputs[name] = output.Value
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"outputs": outputs, "changes": done.Summary.ResourceChanges,
	})
}
