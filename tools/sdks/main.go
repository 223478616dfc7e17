// Writes what `pulumi package add` writes for programs in Go and TypeScript: sdks SCHEMA.json FOLDER.
//
// The engine leaves this to its language plugins, which no package registry has; the generators are the engine's own packages.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(file, folder string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	spec.Language = map[string]schema.RawMessage{
		"go": schema.RawMessage(`{"importBasePath": "trial/sdks/go/slipway", "respectSchemaVersion": true}`),
	}
	pkg, err := schema.ImportSpec(spec, nil, schema.NewNullLoader(), schema.ValidationOptions{})
	if err != nil {
		return err
	}
	inGo, err := golang.GeneratePackage("slipway", pkg, nil)
	if err != nil {
		return err
	}
	inTypeScript, err := nodejs.GeneratePackage("slipway", pkg, nil, nil, false, nil)
	if err != nil {
		return err
	}
	for language, files := range map[string]map[string][]byte{"go": inGo, "nodejs": inTypeScript} {
		for name, content := range files {
			path := filepath.Join(folder, language, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, content, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
